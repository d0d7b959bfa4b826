import Button from 'antd/es/button';
import Form from 'antd/es/form';
import InputNumber from 'antd/es/input-number';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { farOutsideKm, isLikelySwapped, type LngLat, placeFault } from '../../model/place.ts';
import { classes } from '../ui/classes.ts';
import fieldCss from '../ui/fields.module.css';
import { patiently } from '../ui/patiently.ts';
import { MeantField } from './MeantField.tsx';
import css from './place-fields.module.css';
import { useSurroundings } from './useSurroundings.ts';

const DrawMap = lazy(patiently(() => import('../map/DrawMap.tsx')));

export interface PlaceValues {
  readonly lng?: number | null;
  readonly lat?: number | null;
}

/** The place of what was filled in; undefined where nothing was. */
export function placeOf({ lng, lat }: PlaceValues): [number, number] | undefined {
  return lng != null && lat != null ? [lng, lat] : undefined;
}

/**
 * Longitude and latitude within a form. What was typed stays as it was typed: a value that can't be is named and never cut
 * down to one that can, two that look swapped are offered the other way round, and a place far outside of the site is
 * asked about. Whoever does not know the figures presses the place on the map.
 */
export function PlaceFields() {
  const { t } = useTranslation();
  const form = Form.useFormInstance<PlaceValues>();
  const lng = Form.useWatch('lng', form);
  const lat = Form.useWatch('lat', form);
  const site = useSurroundings();
  const place = placeOf({ lng: lng ?? null, lat: lat ?? null });
  const fault = place === undefined ? null : placeFault(place);
  const farKm = place === undefined || fault !== null ? null : farOutsideKm(place, site);
  const isSwapped = place !== undefined && (fault === 'swapped' || (farKm !== null && isLikelySwapped(place, site)));

  const [isMapOpen, setMapOpen] = useState(false);
  const shown = useMemo<readonly LngLat[]>(() => {
    const at = placeOf({ lng: lng ?? null, lat: lat ?? null });
    return at === undefined || placeFault(at) !== null ? [] : [at];
  }, [lng, lat]);
  const pick = ([picked]: readonly LngLat[]) => {
    form.setFieldsValue({ lng: picked?.[0] ?? null, lat: picked?.[1] ?? null });
    void form.validateFields(['lng', 'lat']).catch(() => {});
  };

  const swap = () => {
    form.setFieldsValue({ lng: lat ?? null, lat: lng ?? null });
    void form.validateFields(['lng', 'lat']).catch(() => {});
  };
  const check = (field: 'lng' | 'lat') => async () => {
    const values = form.getFieldsValue();
    const given = placeOf(values);
    if (given === undefined) {
      if (values[field] == null && (values.lng != null || values.lat != null))
        throw new Error(t('firstSteps.place.both'));
      return;
    }
    const found = placeFault(given);
    if (found === 'swapped' || found === (field === 'lng' ? 'longitude' : 'latitude')) {
      throw new Error(t(`firstSteps.place.${found}`));
    }
  };
  return (
    <>
      <div className={classes(fieldCss.twoColumns, css.wholeRow)}>
        <Form.Item
          name="lng"
          label={t('device.longitude')}
          extra="WGS 84"
          dependencies={['lat']}
          rules={[{ validator: check('lng') }]}
        >
          <InputNumber style={{ width: '100%' }} />
        </Form.Item>
        <Form.Item
          name="lat"
          label={t('device.latitude')}
          extra="WGS 84"
          dependencies={['lng']}
          rules={[{ validator: check('lat') }]}
        >
          <InputNumber style={{ width: '100%' }} />
        </Form.Item>
      </div>
      <div className={css.placeMap}>
        <Button size="small" aria-expanded={isMapOpen} onClick={() => setMapOpen(!isMapOpen)}>
          {t(isMapOpen ? 'places.pickClose' : 'places.pick')}
        </Button>
        {isMapOpen && (
          <Suspense>
            <DrawMap kind="place" corners={shown} isClosed={false} onChange={pick} />
            <p className="soft">{t('places.pickHelp')}</p>
          </Suspense>
        )}
      </div>
      {(isSwapped || farKm !== null) && (
        <div className={css.placeDoubt} role="alert">
          {farKm !== null && (
            <span>
              {t(isSwapped ? 'firstSteps.place.farSwapped' : 'firstSteps.place.far', { km: Math.round(farKm) })}
            </span>
          )}
          {isSwapped && (
            <Button size="small" onClick={swap}>
              {t('firstSteps.place.swap')}
            </Button>
          )}
          {farKm !== null && <MeantField name="placeIsMeant" />}
        </div>
      )}
    </>
  );
}
