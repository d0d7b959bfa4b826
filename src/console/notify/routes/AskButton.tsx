import Button from 'antd/es/button';
import Form from 'antd/es/form';

/** Sends the question of a tool, in line with its fields. */
export function AskButton({ words, isBusy }: { readonly words: string; readonly isBusy: boolean }) {
  return (
    <Form.Item label={<span aria-hidden="true">&nbsp;</span>} colon={false}>
      <Button type="primary" htmlType="submit" loading={isBusy}>
        {words}
      </Button>
    </Form.Item>
  );
}
